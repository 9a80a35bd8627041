import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { friendlyName, readName } from '../chat/friendlyName.js'
import { tonesOf } from '../chat/tonesOf.js'
import { useTranslation } from '../i18n/useTranslation.js'
import type { RoomEntry, RoomMember } from '../realtimeTypes.js'
import { isDemoUser } from '../session/demoUsers.js'

/** A person as the page shows them. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly isSelf: boolean
  /** The number of the person's colour, from 1. */
  readonly tone: number
}

/** What `usePeople` returns. */
export interface UsePeopleReturn {
  /** The members of the room, the page's own first. */
  readonly people: ComputedRef<readonly Person[]>
  /** The person with an id that a room uses. */
  personOf(this: void, id: string): Person
}

/** The people of a room: members by the name that they show, authors who have left by their id. */
export function usePeople(
  members: () => readonly RoomMember[],
  messages: () => readonly RoomEntry[],
  self: () => string | null,
): UsePeopleReturn {
  const { t } = useTranslation()
  const known = computed(() => new Map(members().map((member) => [member.id, member])))
  const tones = computed(() => {
    const authors = messages().flatMap(({ from, isOwn }) => (from === null || isOwn ? [] : [from]))
    const others = members().flatMap(({ id, isSelf }) => (isSelf ? [] : [id]))
    return tonesOf([...authors, ...others])
  })

  function nameOf(id: string): string {
    if (id === 'server') return t('chat.people.support')
    const user = /^user:(.+)$/.exec(id)?.[1]
    if (user !== undefined) return isDemoUser(user) ? t(`session.names.${user}`) : user
    // With a new id, the page's own member shows the name of before until the room knows the new one.
    const shown = id === self() ? null : readName(known.value.get(id)?.presence)
    const { creature, quality } = shown ?? friendlyName(id)
    return t('chat.people.called', {
      creature: t(`chat.people.creatures.${creature}`),
      quality: t(`chat.people.qualities.${quality}`),
    })
  }
  const personOf = (id: string): Person => {
    const isSelf = known.value.get(id)?.isSelf ?? false
    return { id, name: nameOf(id), isSelf, tone: tones.value.get(id) ?? 1 }
  }
  const people = computed(() =>
    [...known.value.keys()].map(personOf).sort((a, b) => Number(b.isSelf) - Number(a.isSelf)),
  )
  return { people, personOf }
}
