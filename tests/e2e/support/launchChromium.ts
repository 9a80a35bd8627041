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

/** A real Chromium without background network traffic. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch(options)
}

/** The same with the profile in a directory; closing the context closes the browser. */
export function launchProfile(directory: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(directory, options)
}
