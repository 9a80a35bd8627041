import type { RoomHead } from '../store/store.js'

/** After a pause of so many rounds, a room is not announced any more until its log grows. */
const LONGEST_PAUSE = 8

/** When a room is announced; counted in rounds. */
interface Announcement {
  readonly head: RoomHead
  /** Rounds until it is announced next. */
  wait: number
  /** Rounds between the last time and that one. */
  pause: number
}

/**
 * Decides in which rounds the end of a room's log is announced: after a message in rounds 1, 3, 7 and
 * 15, then never until the next message. So a lost last message is noticed, and rooms in which nobody
 * says anything send nothing, which would keep the radio of a phone awake.
 */
export class HeadSchedule {
  #announcements = new Map<string, Announcement>()

  /** The next round: which of the open rooms are announced in it. */
  next(heads: readonly RoomHead[]): RoomHead[] {
    const known = this.#announcements
    this.#announcements = new Map()
    return heads.filter((head) => {
      const before = known.get(head.room)
      const isSame = before?.head.seq === head.seq && before.head.epoch === head.epoch
      const announcement = isSame ? before : { head, wait: 0, pause: 1 }
      this.#announcements.set(head.room, announcement)
      return isDue(announcement)
    })
  }
}

function isDue(announcement: Announcement): boolean {
  if (announcement.pause > LONGEST_PAUSE) return false
  if (announcement.wait-- > 0) return false
  announcement.pause *= 2
  announcement.wait = announcement.pause - 1
  return true
}
