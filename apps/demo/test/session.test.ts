import { expect, it } from 'vitest'
import { en } from '../src/i18n/en.js'
import { describeDevice } from '../src/session/describeDevice.js'
import { failureKey } from '../src/session/outcome.js'

const webKit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

it.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${webKit} Chrome/140.0 Safari/537.36`, 'Chrome · Linux'],
  [`Mozilla/5.0 (Windows NT 10.0) ${webKit} Chrome/140.0 Safari/537 Edg/140.0`, 'Edge · Windows'],
  [`Mozilla/5.0 (iPhone; like Mac OS X) ${webKit} Version/18.0 Safari/604`, 'Safari · iPhone'],
  [`Mozilla/5.0 (Linux; Android 15) ${webKit} Chrome/140.0 Mobile`, 'Chrome · Android'],
  ['Mozilla/5.0 (Macintosh; Mac OS X 15.1) Gecko/20100101 Firefox/143.0', 'Firefox · macOS'],
  ['curl/8.5.0', ''],
])('%s is a session on “%s”', (userAgent, device) => {
  expect(describeDevice(userAgent)).toBe(device)
})

it('says more about a failure where what was tried tells more', () => {
  expect(failureKey('signIn', 'unauthorized')).toBe('session.failures.wrongCredentials')
  expect(failureKey('renew', 'unauthorized')).toBe('reasons.unauthorized')
  expect(Object.keys(en.session.failures)).toContain(
    failureKey('end', 'not_found').split('.').at(-1),
  )
})
