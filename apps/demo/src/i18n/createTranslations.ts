import { createI18n } from 'vue-i18n'
import { en } from './en.js'
import { fa } from './fa.js'

const numberFormats = {
  whole: { maximumFractionDigits: 0 },
  latency: { style: 'unit', unit: 'millisecond', unitDisplay: 'short', maximumFractionDigits: 1 },
  tenths: { minimumFractionDigits: 1, maximumFractionDigits: 1 },
} as const

const datetimeFormats = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  hour: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  weekday: { weekday: 'long', month: 'long', day: 'numeric' },
  moment: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23' },
} as const

/** Creates the Vue plugin that holds the texts and formats of every language. */
export function createTranslations() {
  return createI18n({
    legacy: false,
    locale: 'en',
    fallbackLocale: 'en',
    messages: { en, fa },
    numberFormats: { en: numberFormats, fa: numberFormats },
    datetimeFormats: { en: datetimeFormats, fa: datetimeFormats },
  })
}
