/** The standalone server's demo users outside production, with their public passwords. */
export const demoUsers = [
  { username: 'sara', password: 'tea-at-dusk' },
  { username: 'omid', password: 'walk-at-dawn' },
] as const

/** The name of a demo user. */
export type DemoUserName = (typeof demoUsers)[number]['username']

/** Whether a user's id is the name of a demo user. */
export function isDemoUser(userId: string): userId is DemoUserName {
  return demoUsers.some(({ username }) => username === userId)
}
