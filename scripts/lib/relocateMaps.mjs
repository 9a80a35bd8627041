import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'

/*
 * Repairs the source maps of a folder. tsup's CommonJS maps contain absolute paths of the machine
 * that builds, and modules that only re-export get a map without a source.
 */
const folder = process.argv[2]

for (const name of readdirSync(folder).filter((file) => file.endsWith('.cjs.map'))) {
  const path = join(folder, name)
  const { sources, sourcesContent, file, ...map } = JSON.parse(readFileSync(path, 'utf8'))
  if (sourcesContent?.length === sources.length) {
    const named = sources.map((source) => (isAbsolute(source) ? basename(source) : source))
    const mended = { ...map, file: basename(file), sources: named, sourcesContent }
    writeFileSync(path, JSON.stringify(mended))
  } else {
    const code = join(folder, name.replace(/\.map$/, ''))
    writeFileSync(
      code,
      readFileSync(code, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\n?$/, '\n'),
    )
    rmSync(path)
  }
}
