import { chromium } from 'playwright-core'
import type { Browser, BrowserContext } from 'playwright-core'

const options = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

/** A real Chromium that keeps to itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch(options)
}

/** The same with what its directory holds; closing the context closes it. */
export function launchProfile(directory: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(directory, options)
}
