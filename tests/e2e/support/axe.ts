import { source } from 'axe-core'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const desktop = { viewport: { width: 1280, height: 900 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

const allLooks = ['en-GB', 'fa-IR'].flatMap((locale) =>
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    Object.entries({ desktop, phone }).map(([device, shape]) => ({
      name: `${locale} ${colorScheme} ${device}`,
      options: { locale, colorScheme, ...shape },
    })),
  ),
)
/** Four of the eight looks. They contain every pair of language, theme and width. */
const pairedLooks = allLooks.filter((_, index) => [0, 3, 5, 6].includes(index))

/**
 * The demo's languages, themes and widths as browser context options. `LOOKS=all` tests all eight.
 */
export const looks = process.env.LOOKS === 'all' ? allLooks : pairedLooks

/** The global that axe defines in the page. */
declare const axe: { run(): Promise<AxeResults> }

/** Fails if axe finds a serious violation or the page scrolls horizontally. */
export async function expectNoFinding(page: Page): Promise<void> {
  await page.evaluate(source)
  const { violations } = await page.evaluate(() => axe.run())
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
    [],
  )
  const [content, viewport] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ])
  expect(content).toBe(viewport)
  expect(content).toBe(page.viewportSize()?.width)
}
