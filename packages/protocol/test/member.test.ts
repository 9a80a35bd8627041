import { describe, expect, it } from 'vitest'
import { coreContract, extendContract, isOwnOrPublic, json, room } from '../src/index.js'

const any = room({ message: json })

describe('the default rule of rooms', () => {
  const contract = extendContract(coreContract, {
    rooms: { 'user:{userId}:inbox': any, 'public:staff': any },
  })
  const may = (userId: string | null, name: string): boolean => {
    const found = contract.matchRoom(name)
    return found !== undefined && isOwnOrPublic({ id: 's1', userId }, found)
  }

  it('is for everybody in public rooms, and for the owner in those of a user or session', () => {
    expect(['public:a', 'session:s1', 'user:7'].map((name) => may('7', name))).toEqual([
      true,
      true,
      true,
    ])
    expect(['session:s2', 'user:8'].map((name) => may('7', name))).toEqual([false, false])
    expect(may(null, 'user:null')).toBe(false)
  })

  it('refuses an app’s own rooms, whatever the id of a user is', () => {
    expect(may('7:inbox', 'user:7:inbox')).toBe(false)
    expect(may('7', 'public:staff')).toBe(false)
  })
})
