import { createServer } from '@yektayar/server'
import { expect, it } from 'vitest'
import { launchChromium } from './support/launchChromium.js'
import { watchPolicy } from './support/watchPolicy.js'

const docs = { username: 'admin', password: 'correct horse' }

it('lists the routes at /api-docs and tries one out under the policy of the page', async () => {
  await using documentation = await openDocs()
  const { page, complaints } = documentation
  const route = page.locator('.opblock', {
    has: page.locator('[data-path="/api/session/acquire"]'),
  })
  await route.locator('.opblock-summary-control').click()
  await route.getByRole('button', { name: 'Try it out' }).click()
  await route.getByRole('textbox').fill('{ "metadata": { "from": "the docs" } }')
  await route.getByRole('button', { name: 'Execute' }).click()
  const answer = route.locator('.live-responses-table')
  await answer.getByText('"token"').waitFor()
  expect(await answer.locator('tbody .response-col_status').first().innerText()).toContain('200')

  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.getByRole('heading', { name: 'Available authorizations' }).waitFor()
  expect(complaints).toEqual([])
})

async function openDocs() {
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    docs,
  })
  const url = await server.listen()
  const browser = await launchChromium()
  const page = await browser.newPage({ httpCredentials: docs })
  const complaints = watchPolicy(page)
  await page.goto(`${url}/api-docs`)
  return {
    page,
    complaints,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server.close()
    },
  }
}
