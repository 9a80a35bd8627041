export { errorText, errorTexts } from '@yektayar/client/texts'

export type { ErrorLanguage, ErrorTexts } from '@yektayar/client/texts'
