import { expect, it } from 'vitest'
import { accountsIn } from '../src/http/accounts.js'

it.each([
  ['sibilia', ['SIBILIA', 'sıbılıa', 'SİBİLİA', 'ｓｉｂｉｌｉａ', ' si bi lia ', 'sib\u00ADilia']],
  ['οδυσσεύς', ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ', 'οδυςσευς', 'οδυσςευς']],
  ['weiß', ['WEISS', 'weiss', 'WEIẞ']],
  ['ﬁona', ['fiona', 'FIONA']],
  ['user7', ['user７', 'user۷', 'USER٧']],
])('the name %s counts as the same in each of its spellings', (name, spellings) => {
  const [account] = accountsIn({ username: name }, undefined)
  expect(account).toBeTypeOf('string')
  for (const username of spellings) {
    expect(accountsIn({ username }, undefined)).toEqual([account])
    expect(accountsIn({ email: username }, undefined)).toEqual([account])
  }
})

it('other names count as others', () => {
  const names = ['sara', 'sar', 'omid', 'o mid2', 'weis', 'οδυσσεας']
  const counted = names.map((username) => accountsIn({ username }, undefined)[0])
  expect(new Set(counted).size).toBe(names.length)
})
