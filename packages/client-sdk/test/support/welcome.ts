/** What a server says first to a client that it has admitted, by which a client knows it as one of ours. */
export const welcome = { message: 'Welcome', socketId: 'x', isLoggedIn: false }
