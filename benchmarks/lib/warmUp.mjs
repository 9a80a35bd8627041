/** How much to do before measuring: a quarter of it in a quick run. */
export function warmUp({ isQuick }, whole) {
  return isQuick ? Math.ceil(whole / 4) : whole
}
