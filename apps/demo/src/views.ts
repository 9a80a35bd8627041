/** The two sides of the page; a narrow page shows one at a time. */
export const views = ['chat', 'console'] as const

/** One side of the page. */
export type View = (typeof views)[number]
