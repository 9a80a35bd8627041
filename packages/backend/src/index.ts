// The ready server is a command of its package; this gives it the paths that the guide names.
import '@yektayar/server/cli'
