import type { Page } from 'playwright-core'

/** What a page threw, or was refused by its content security policy, from now on. */
export function watchPolicy(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text())
  })
  return complaints
}
