/** A mark in the user agent and the browser's name; the first match wins: browsers name others. */
const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const

const platforms = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const

/** Describes a user agent so that its owner recognizes the device; empty if it is unknown. */
export function describeDevice(userAgent: string): string {
  return [browsers, platforms]
    .map((names) => names.find(([mark]) => userAgent.includes(mark))?.[1])
    .filter((name) => name !== undefined)
    .join(' · ')
}
