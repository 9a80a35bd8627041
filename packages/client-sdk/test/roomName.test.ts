import { describe, expect, it } from 'vitest'
import { roomName } from '../src/rooms/roomName.js'

describe('the name of a room', () => {
  it('has the params of its pattern', () => {
    expect(roomName(undefined, 'team:{team}:{topic}', { team: 7, topic: 'news' })).toBe(
      'team:7:news',
    )
    expect(roomName(undefined, 'public:lobby')).toBe('public:lobby')
  })

  it('is empty where a param is missing, which no pattern takes', () => {
    expect(roomName(undefined, 'support:{caseId}', {})).toBe('support:')
  })

  it('says which params a pattern takes', () => {
    expect(() => roomName(undefined, 'support:{caseId}')).toThrow(
      expect.objectContaining({
        code: 'unknown_room',
        hint: "Give its params, as in client.room('support:{caseId}', { caseId })",
      }),
    )
  })
})
