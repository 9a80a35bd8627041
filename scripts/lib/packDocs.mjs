import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** A document that a README names, such as `docs/SERVER.md`. */
const NAMED = /`docs\/([A-Z-]+\.md)`/g

/** Where published packages can be read. */
const PUBLISHED = 'https://unpkg.com/@yektayar'

/** The packages that bring documents, the most natural place of a document first. */
const shelves = { server: 'server', client: 'client-sdk', vue: 'vue', testing: 'testing' }

/** What is in the repository only, and what somebody with the packages uses in its place. */
const inPlaceOf = [['./scripts/test-socketio.sh', 'npx @yektayar/doctor']]

/**
 * Puts the documents that a package's README names into a folder, as they are published: links to what
 * another package brings lead there, and the rest is plain text. Returns their names.
 */
export function packDocs(packageFolder, target = join(packageFolder, 'docs')) {
  const names = namedIn(packageFolder)
  rmSync(target, { recursive: true, force: true })
  if (names.size > 0) mkdirSync(target)
  for (const name of names) {
    const text = readFileSync(join(root, 'docs', name), 'utf8')
    writeFileSync(join(target, name), forReaders(withPublishedLinks(text, names)))
  }
  return [...names]
}

function namedIn(packageFolder) {
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8')
  return new Set([...readme.matchAll(NAMED)].map(([, name]) => name))
}

function withPublishedLinks(text, names) {
  return text.replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (link, label, address) => {
    const [file, anchor] = address.split('#')
    if (file === '' || names.has(file) || /^https?:/.test(file)) return link
    const place = publishedPlace(file)
    return place ? `[${label}](${place}${anchor ? `#${anchor}` : ''})` : label
  })
}

/** The address of a file that a package brings. */
function publishedPlace(file) {
  const [, folder] = /^\.\.\/(?:apps|packages)\/([a-z-]+)\/README\.md$/.exec(file) ?? []
  if (folder) return `${PUBLISHED}/${folder.replace('client-sdk', 'client')}/README.md`
  const shelf = Object.entries(shelves).find(([, folder]) =>
    namedIn(join(root, 'packages', folder)).has(file),
  )
  return shelf && `${PUBLISHED}/${shelf[0]}/docs/${file}`
}

function forReaders(text) {
  return inPlaceOf.reduce((result, [ours, theirs]) => result.replaceAll(ours, theirs), text)
}
