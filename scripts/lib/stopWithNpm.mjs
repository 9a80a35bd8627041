/**
 * Ends this process by SIGTERM when the npm that runs it has ended. A SIGTERM to npm ends the shell
 * between the two, which does not pass the signal on in most systems.
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
