import { readFileSync } from 'node:fs'

/** One fenced block of a Markdown file. */
export interface Snippet {
  /** The nearest heading above it, without its number. */
  readonly heading: string
  /** As after the fence: `typescript`, `bash` …; empty for none. */
  readonly language: string
  readonly code: string
}

/** The snippets of one file, and which of them were asked for. */
export interface SnippetFile {
  readonly all: readonly Snippet[]
  /** The block of a language under a heading; `nth` counts from 0 where there are several. */
  take(heading: string, language: string, nth?: number): string
  /** Those that nobody has taken. */
  left(): readonly Snippet[]
}

/** Reads every fenced block of a Markdown file. */
export function readSnippets(path: string): SnippetFile {
  const all = parseSnippets(readFileSync(path, 'utf8'))
  const taken = new Set<Snippet>()
  return {
    all,
    take(heading, language, nth = 0) {
      const matching = all.filter(
        (snippet) => snippet.heading === heading && snippet.language === language,
      )
      const snippet = matching[nth]
      if (!snippet) throw new Error(`There is no ${language} block ${String(nth)} under ${heading}`)
      taken.add(snippet)
      return snippet.code
    },
    left: () => all.filter((snippet) => !taken.has(snippet)),
  }
}

function parseSnippets(text: string): Snippet[] {
  const snippets: Snippet[] = []
  const pattern = /^#+ (?:\d+\. )?(.+)$|^( *)```(\w*)\n([\s\S]*?)\n\2```$/gm
  let heading = ''
  for (const [, title, , language = '', code] of text.matchAll(pattern)) {
    if (title !== undefined) heading = title
    else if (code !== undefined) snippets.push({ heading, language, code })
  }
  return snippets
}
