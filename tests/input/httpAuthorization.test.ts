import { expect, it } from 'vitest'
import { checkErrorBody } from './support/answers.js'
import { sendHttp } from './support/httpRequest.js'
import { startScene } from './support/scene.js'

const docs = { username: 'reader', password: 'reads the docs' }

const withoutToken: [what: string, authorization: string][] = [
  ['an empty text', ''],
  ['a scheme alone', 'Bearer'],
  ['a scheme and spaces', 'Bearer    '],
  ['another scheme', 'Basic cmVhZGVyOnJlYWQ='],
  ['an unknown scheme', 'Token x'],
  ['two tokens', 'Bearer a b'],
  ['a comma list', 'Bearer a, Bearer b'],
  ['a tab', 'Bearer\tx'],
  ['no scheme', 'x'.repeat(43)],
]

const withWrongToken: [what: string, authorization: string][] = [
  ['a short token', 'Bearer shorter-than-a-token'],
  ['a token of the right form', `Bearer ${'x'.repeat(43)}`],
  ['a long token', `Bearer ${'x'.repeat(8_000)}`],
  ['a token of other characters', `Bearer ${'\u00ff'.repeat(43)}`],
  ['SQL', "Bearer 'or'1'='1"],
  ['__proto__', 'Bearer __proto__'],
]

it.each(withoutToken)('asks for a token when the header has %s', async (_what, authorization) => {
  await using scene = await startScene()
  const headers = { Authorization: authorization }
  const answer = await sendHttp(scene.url, { path: '/api/session', headers })
  expect(answer.status).toBe(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer')
  expect(checkErrorBody(answer.text).code).toBe('token_required')
})

it.each(withWrongToken)(
  'refuses the token when the header has %s',
  async (_what, authorization) => {
    await using scene = await startScene()
    const headers = { Authorization: authorization }
    const answer = await sendHttp(scene.url, { path: '/api/session', headers })
    expect(answer.status).toBe(401)
    expect(checkErrorBody(answer.text).code).toBe('token_invalid')
    expect(answer.text).not.toContain(authorization.slice(7))
  },
)

it('asks for a token when the header comes twice', async () => {
  await using scene = await startScene()
  const token = await scene.acquireToken()
  const headers = { Authorization: ['Bearer', `Bearer ${token}`] }
  const answer = await sendHttp(scene.url, { path: '/api/session', headers })
  expect(answer.status).toBe(401)
  checkErrorBody(answer.text)
})

it.each([
  ['nothing', undefined],
  ['an empty text', ''],
  ['another scheme', 'Bearer x'],
  ['no base64', 'Basic ***'],
  ['no colon', `Basic ${btoa('reader')}`],
  ['a wrong password', `Basic ${btoa('reader:wrong')}`],
  ['a wrong name', `Basic ${btoa('someone:reads the docs')}`],
  ['NUL', `Basic ${btoa('reader\u0000:reads the docs')}`],
  ['a very long password', `Basic ${btoa(`reader:${'x'.repeat(6_000)}`)}`],
])('keeps every page of the docs closed when the header has %s', async (_what, authorization) => {
  await using scene = await startScene({ docs })
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  for (const path of ['', '/', '/json', '/yaml', '/static/index.html', '/nowhere', '/%zz']) {
    const answer = await sendHttp(scene.url, { path: `/api-docs${path}`, headers })
    expect([400, 401], path).toContain(answer.status)
    checkErrorBody(answer.text)
  }
})
