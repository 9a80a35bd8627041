import { describe, expect, it } from 'vitest'
import { CommandError } from '../src/index.js'
import { OptionError } from '../src/shared/optionError.js'
import { packError, unpackError } from '../src/store/sqlite/threadMessages.js'
import { isOfStore, ofStore } from '../src/store/storeFailure.js'
import { StoreValueError } from '../src/store/storeValueError.js'

/** An error after its way to the thread of the store and back. */
function passed(error: unknown): Error {
  return unpackError(structuredClone(packError(error)))
}

describe('an error of the thread of the store', () => {
  it('is a refusal with its hint and data', () => {
    const data = { retryAfterMs: 5 }
    const refusal = new CommandError('rate_limited', 'Too fast', { hint: 'Wait', data })
    const error = passed(refusal)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({ code: 'rate_limited', message: 'Too fast', hint: 'Wait', data })
    expect(error.stack).toBe(refusal.stack)
    expect(passed(new CommandError('conflict', 'Sold'))).toMatchObject({ hint: undefined })
  })

  it('names the column of a value that cannot be stored', () => {
    const error = passed(new StoreValueError('no Date', 'born'))
    expect(error).toBeInstanceOf(StoreValueError)
    expect(error).toMatchObject({ message: 'no Date', column: 'born' })
    expect(passed(new StoreValueError('no Date', undefined))).toMatchObject({ column: undefined })
  })

  it('keeps its code, and whether the store has failed', () => {
    const failure = ofStore(Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' }))
    const error = passed(failure)
    expect(error).toMatchObject({ message: 'disk full', code: 'SQLITE_FULL' })
    expect(isOfStore(error)).toBe(true)
    expect(isOfStore(passed(new Error('a bug')))).toBe(false)
    expect(passed(new Error('a bug'))).not.toHaveProperty('code')
  })

  it('is the one for an option', () => {
    expect(passed(new OptionError('no file'))).toBeInstanceOf(OptionError)
  })

  it('has the text of what is thrown without being an error', () => {
    expect(passed('just a text')).toMatchObject({ message: 'just a text' })
  })
})
