import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer } from '@yektayar/server'
import type { CreateServerOptions } from '@yektayar/server'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from './launchChromium.js'

const demoDirectory = fileURLToPath(new URL('../../../packages/server/demo', import.meta.url))

/** What a test may want of the server. */
type DemoServerOptions = Pick<CreateServerOptions, 'authorize' | 'limits' | 'path' | 'basePath'>

/** The demo app in a real Chromium, with a real server that can be stopped and restarted. */
export async function openDemo(
  options: BrowserContextOptions = {},
  ownOptions: DemoServerOptions = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'yektayar-demo-'))
  const serverOptions = {
    host: '127.0.0.1',
    databaseUrl: `sqlite:${join(directory, 'demo.db')}`,
    logLevel: 'silent',
    demoDirectory,
    authenticate: ({ username = '', password }: Record<string, string>): string | null =>
      password === 'wrong' ? null : username,
    ...ownOptions,
  } as const
  let server = await createServer({ ...serverOptions, port: 0 })
  const url = await server.listen()
  const browser = await launchChromium()
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)

  /** Opens the demo again, in another browser or in another tab. */
  const openBeside = async (where: BrowserContext) => {
    const beside = await where.newPage()
    await beside.goto(url)
    await beside.locator('[role=status][data-status=connected]').waitFor()
    return beside
  }
  const command = (name: string) => page.getByRole('form', { name, exact: true })
  const status = (wanted: string) => page.locator(`[role=status][data-status=${wanted}]`)
  return {
    page,
    openTab: () => openBeside(context),
    openOtherBrowser: async () => openBeside(await browser.newContext({ locale: 'en-GB' })),
    url,
    /** The errors that the page has thrown so far. */
    errors,
    command,
    /** Waits until the page shows this connection status. */
    is: (wanted: string) => status(wanted).waitFor(),
    status,
    toggle: page.getByTestId('toggle'),
    /** Presses the button of a command. */
    send: (name: string) => command(name).locator('[type=submit]').click(),
    /** Shows the console, which a narrow page hides behind the chat. */
    async showConsole() {
      const views = page.getByTestId('views')
      await views.waitFor({ state: 'attached' })
      if (await views.isVisible()) await views.getByRole('radio').nth(1).check()
    },
    /** Publishes messages to a room from the server. */
    async publish(room: `public:${string}`, texts: readonly string[]) {
      for (const text of texts) await server.publish(room, { text })
    },
    stop: () => server.close(),
    /** Disconnects the page from the server's side. */
    expel: () => {
      server.io.disconnectSockets(true)
    },
    /** Restarts the server at the same address. */
    async start(databaseUrl = serverOptions.databaseUrl) {
      server = await createServer({
        ...serverOptions,
        databaseUrl,
        port: Number(new URL(url).port),
      })
      await server.listen()
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Signs in with the page's form. */
export async function signIn(page: Page, username: string, password = 'right'): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Waits until a page shows this user as signed in; `null` means nobody. */
export async function isSignedInAs(page: Page, userId: string | null): Promise<void> {
  const wanted = userId === null ? ':not([data-user])' : `[data-user=${userId}]`
  await page.locator(`[data-testid=identity]${wanted}`).waitFor()
}

/** The return value of `openDemo`. */
export type Demo = Awaited<ReturnType<typeof openDemo>>
