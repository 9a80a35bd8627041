/**
 * Whether a result keeps its target. A ratio misses it when its median exceeds the target by more
 * than the spread of the control: the distance from 1 to the farther quartile of a second plain
 * server beside the first. An absolute result has no control, so its median decides alone.
 *
 * @returns `held`, `within the noise` or `missed`
 */
export function verdict({ result, control, target }) {
  if (result.median <= target) return 'held'
  const spread = control ? Math.max(control.upper - 1, 1 - control.lower, 0) : 0
  return result.median - target <= spread ? 'within the noise' : 'missed'
}
