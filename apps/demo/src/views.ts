/** The two sides of the page, of which a narrow one shows one at a time. */
export const views = ['chat', 'console'] as const

/** One of them. */
export type View = (typeof views)[number]
