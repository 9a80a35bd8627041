/** Puts a value last in a map that is in the order of use, and forgets the first of too many. */
export function keepRecent<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
  maxSize: number,
): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= maxSize) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
