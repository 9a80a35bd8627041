import { describe, expect, it } from 'vitest'
import { commitProblems } from '../../scripts/testing/commitRules.mjs'

const good = {
  subject: 'fix(client): drop answers of a superseded socket',
  body: 'They reached the wrong call.',
}

describe('the rules for commit messages', () => {
  it('accept a conventional subject with a body', () => {
    expect(commitProblems(good)).toEqual([])
  })

  it('refuse a subject of 73 characters', () => {
    const subject = good.subject.padEnd(73, '.')
    expect(commitProblems({ ...good, subject })).toEqual([
      'the subject has 73 characters; allowed: 72',
    ])
    // `ix(client)` is not a valid type.
    expect(commitProblems({ ...good, subject: subject.slice(1) })).toHaveLength(1)
    expect(commitProblems({ ...good, subject: subject.slice(0, 72) })).toEqual([])
  })

  it.each(['Fix things', 'fixed: things', 'fix things', 'fix(Client): things', 'fix:things'])(
    'refuse the subject "%s"',
    (subject) => {
      expect(commitProblems({ ...good, subject })).toHaveLength(1)
    },
  )

  it('refuse a message without a body', () => {
    expect(commitProblems({ ...good, body: '\n' })).toHaveLength(1)
  })
})
