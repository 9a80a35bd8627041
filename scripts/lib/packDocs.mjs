import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** A document that a README names, such as `docs/SERVER.md`. */
const NAMED = /`docs\/([A-Z-]+\.md)`/g

/**
 * Puts the documents that a package's README names into a folder, as they are published: links to what
 * is not published with them are plain text. Returns their names.
 */
export function packDocs(packageFolder, target = join(packageFolder, 'docs')) {
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8')
  const names = new Set([...readme.matchAll(NAMED)].map(([, name]) => name))
  rmSync(target, { recursive: true, force: true })
  if (names.size > 0) mkdirSync(target)
  for (const name of names) {
    const text = readFileSync(join(root, 'docs', name), 'utf8')
    writeFileSync(join(target, name), withoutLinksBeyond(text, names))
  }
  return [...names]
}

function withoutLinksBeyond(text, names) {
  return text.replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (link, label, address) => {
    const [file] = address.split('#')
    return file === '' || names.has(file) || /^https?:/.test(file) ? link : label
  })
}
