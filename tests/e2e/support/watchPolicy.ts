import type { Page } from 'playwright-core'

/** Collects errors of a page and violations of its content security policy from now on. */
export function watchPolicy(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text())
  })
  return complaints
}
