/** What `--help` prints. */
export const help = `Usage: yektayar-doctor [url] [options]

Examines a YektaYar server step by step and names what is wrong and how to fix it:
health, session token, Socket.IO connection, all commands; then an interactive mode.

  url                  Address of the server         (default: http://localhost:3000)

  --path <path>        Where the server has Socket.IO  (default: /socket.io)
  --base-path <path>   What the server puts before the addresses of REST, such as /v1;
                       it does not move Socket.IO: that is --path
  --origin <origin>    Test as a browser page of this origin would
  --token <token>      Test this session token instead of acquiring one
  --timeout <seconds>  How long each check may take  (default: 5)
  --ci                 Plain lines, no interactive mode; so it is without a terminal
  --json               One JSON object, for machines
  -h, --help           Show this
  -v, --version        Show the version

Exit codes: 0 all is well, 1 something failed, 2 wrong arguments, 130 interrupted`
