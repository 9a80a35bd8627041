// Starts the standalone server, so that the paths of the guide work.
import '@yektayar/server/cli'
