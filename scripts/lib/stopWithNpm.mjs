/**
 * Ends this process as by SIGTERM once the npm that runs it is gone. A SIGTERM that reaches npm ends
 * the shell between the two, which in most systems passes nothing on.
 */
export function stopWithNpm() {
  if (!process.env['npm_lifecycle_event']) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  timer.unref()
}
