// Version 4.0 ships its types where current module resolution does not look.
declare module 'socket.io-client-4.0' {
  export { io } from 'socket.io-client'
}
