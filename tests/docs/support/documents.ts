import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSnippets } from '../../guide/snippets.js'
import type { Snippet } from '../../guide/snippets.js'

/** One Markdown file of the repository. */
export interface Document {
  /** The path from the repository root, such as `docs/SERVER.md`. */
  readonly path: string
  /** The text without its fenced code blocks. */
  readonly prose: string
  readonly blocks: readonly Snippet[]
}

export const root = join(import.meta.dirname, '../../..')

/** All documents for users and contributors, including the decisions. */
export const documents: readonly Document[] = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', '.changeset/README.md'],
  ...markdownIn('docs'),
  ...markdownIn('docs/decisions'),
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
  'apps/doctor/README.md',
].map((path) => ({
  path,
  prose: read(path).replaceAll(/^```[\s\S]*?^```$/gm, ''),
  blocks: readSnippets(join(root, path)).all,
}))

/** The document with this path. */
export function documentAt(path: string): Document {
  const found = documents.find((document) => document.path === path)
  if (!found) throw new Error(`There is no document ${path}`)
  return found
}

/** The content of any file in the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The rows of the first table under a heading, as cells without backticks. */
export function tableUnder({ path, prose }: Document, heading: string): string[][] {
  const section = prose.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const rows = /(?:^\|.*\|\n)+/m.exec(section)?.[0].trim().split('\n').slice(2)
  if (!rows) throw new Error(`${path} has no table under ${heading}`)
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  )
}

/** The broken links of a document into this repository. */
export function brokenLinks({ path, prose }: Document): string[] {
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#', 2)
      const target = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(target).includes(anchor)
    })
}

/** The anchors that GitHub generates for the headings of a file. */
function anchorsOf(path: string): string[] {
  const prose = read(path).replaceAll(/^```[\s\S]*?^```$/gm, '')
  const seen = new Map<string, number>()
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${String(count)}`
  })
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
}
