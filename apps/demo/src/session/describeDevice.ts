/** What a browser says of itself, and its name; the first hit counts, since they name each other. */
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

/** A user agent in a few words, by which its owner knows it again; empty where nothing is known. */
export function describeDevice(userAgent: string): string {
  return [browsers, platforms]
    .map((names) => names.find(([mark]) => userAgent.includes(mark))?.[1])
    .filter((name) => name !== undefined)
    .join(' · ')
}
