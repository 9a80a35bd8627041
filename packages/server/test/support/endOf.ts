/** `done`, the message of the error with which some work fails, or `hangs` if it does not end in time. */
export async function endOf(work: Promise<unknown>, ms = 10_000): Promise<string> {
  const settled = work.then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  )
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => (timer = setTimeout(resolve, ms, 'hangs')))
  return Promise.race([settled, late]).finally(() => {
    clearTimeout(timer)
  })
}
