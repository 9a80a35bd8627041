import { useSession } from '@yektayar/vue'
import { computed, shallowRef, watch } from 'vue'
import type { ComputedRef } from 'vue'
import { friendlyName } from '../chat/friendlyName.js'
import type { OwnRoom } from '../chat/rooms.js'
import { useTranslation } from '../i18n/useTranslation.js'
import type { RoomEntry } from '../realtimeTypes.js'
import { isDemoUser } from '../session/demoUsers.js'
import { useSessionList } from './useSessionList.js'

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
  /** The id of this page in a room: `user:<id>` or `session:<id>`; `null` until it is known. */
  readonly self: ComputedRef<OwnRoom | null>
  /** Whether this page or its user wrote a message, also before a sign-in. */
  isOwn(this: void, entry: RoomEntry): boolean
  /** The person with an id that a room uses. */
  personOf(this: void, id: string): Person
}

/** Turns the ids that rooms use into people with a name and a colour. */
export function usePeople(): UsePeopleReturn {
  const { t } = useTranslation()
  const { userId } = useSession()
  const { sessions } = useSessionList()
  // Kept until the next id is known, so that the page's own messages stay its own until then.
  const sessionId = shallowRef<string | null>(null)
  watch(
    sessions,
    (list) => {
      sessionId.value = list.find(({ isCurrent }) => isCurrent)?.id ?? sessionId.value
    },
    { immediate: true },
  )

  const self = computed((): OwnRoom | null => {
    if (userId.value !== null) return `user:${userId.value}`
    return sessionId.value === null ? null : `session:${sessionId.value}`
  })
  const isSelf = (id: string): boolean =>
    id === self.value || (sessionId.value !== null && id === `session:${sessionId.value}`)

  function nameOf(id: string): string {
    if (id === 'server') return t('chat.people.support')
    const user = /^user:(.+)$/.exec(id)?.[1]
    if (user !== undefined) return isDemoUser(user) ? t(`session.names.${user}`) : user
    const { creature, quality } = friendlyName(id)
    return t('chat.people.called', {
      creature: t(`chat.people.creatures.${creature}`),
      quality: t(`chat.people.qualities.${quality}`),
    })
  }

  return {
    self,
    isOwn: (entry) => entry.isOwn,
    personOf: (id) => ({
      id,
      name: nameOf(id),
      isSelf: isSelf(id),
      tone: friendlyName(id).tone,
    }),
  }
}
