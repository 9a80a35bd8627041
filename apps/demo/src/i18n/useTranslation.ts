import { useI18n } from 'vue-i18n'
import type { Messages } from './en.js'
import type { Language } from './language.js'
import { ordinal } from './ordinal.js'

/** The path of a text, such as `session.title`. */
type MessageKey = PathsOf<Messages>

type PathsOf<Node> = {
  [Key in keyof Node & string]: Node[Key] extends string ? Key : `${Key}.${PathsOf<Node[Key]>}`
}[keyof Node & string]

/** What `useTranslation` returns. */
export interface UseTranslationReturn {
  /** The text under a key, with its `{name}` placeholders filled in. */
  t(this: void, key: MessageKey, values?: Readonly<Record<string, string>>): string
  /** The text for a number of things; `{count}` is replaced by the number. */
  counted(this: void, key: MessageKey, count: number): string
  /** A count in the language's digits. */
  whole(this: void, value: number): string
  /** The number of an attempt, as it follows the word “attempt”. */
  ordinal(this: void, value: number): string
  /** A number with one decimal, in the language's digits. */
  tenths(this: void, value: number): string
  /** Milliseconds with their unit. */
  latency(this: void, ms: number): string
  /** The time of day. */
  clock(this: void, time: number): string
  /** The time of day without seconds. */
  hour(this: void, iso: string): string
  /** The weekday with its date. */
  weekday(this: void, iso: string): string
  /** A date and time in the language's calendar. */
  day(this: void, iso: string): string
  /** A short date and time, without the year. */
  moment(this: void, iso: string): string
}

/** Texts, numbers and dates in the language of the page; a key that does not exist is a type error. */
export function useTranslation(): UseTranslationReturn {
  const { t, n, d, locale } = useI18n({ useScope: 'global' })
  return {
    t: (key, values = {}) => t(key, values),
    counted: (key, count) => t(key, { count: n(count, 'whole') }, count),
    whole: (value) => n(value, 'whole'),
    ordinal: (value) => ordinal(value, locale.value as Language, n(value, 'whole')),
    tenths: (value) => n(value, 'tenths'),
    latency: (ms) => n(ms, 'latency'),
    clock: (time) => d(time, 'clock'),
    hour: (iso) => d(new Date(iso), 'hour'),
    weekday: (iso) => d(new Date(iso), 'weekday'),
    day: (iso) => d(new Date(iso), 'day'),
    moment: (iso) => d(new Date(iso), 'moment'),
  }
}
