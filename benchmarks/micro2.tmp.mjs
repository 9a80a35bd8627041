import { createServer as http } from 'node:http'
import { once } from 'node:events'
import { Server } from 'socket.io'
import { openRaw } from './lib/rawClient.mjs'
import { createServer } from '@yektayar/server'
const P=1e9
const ours = await createServer({port:0,host:'127.0.0.1',environment:'production',docs:false,databaseUrl:'sqlite::memory:',logLevel:'info',limits:{packetsPerSecond:P,packetBurst:P,commandsPerSessionPerSecond:P,commandBurstPerSession:P}})
const h=http(); const io=new Server(h); io.use((s,n)=>n()); io.on('connection',s=>{s.emit('connected',{}); s.on('echo',(data,ack)=>ack({ok:true,data:{received:data,timestamp:new Date().toISOString()}}))}); h.listen(0); await once(h,'listening')
async function subject(url, token, engine){ let conn; engine.once('connection',c=>{conn=c}); await openRaw(url,token); const ws=conn.transport.socket; const tcp=ws._socket; tcp._write=(c,e,cb)=>cb(); tcp._writev=(c,cb)=>cb(); return ws }
const S={ plain: await subject(`http://127.0.0.1:${h.address().port}`,'x',io.engine), ours: await subject(await ours.listen(), (await ours.sessions.acquire()).token, ours.io.engine)}
const D={ text: 'See you on Thursday at five, if that still suits you.', n: 7 }
const buf=Buffer.from('421["echo",'+JSON.stringify(D)+']')
const turn=()=>new Promise(r=>setImmediate(r))
async function round(ws,depth,n){ const t=process.cpuUsage(); const t0=performance.now(); for(let i=0;i<n;i+=depth){ for(let k=0;k<depth;k++) ws.emit('message',buf,false); await turn() } return (performance.now()-t0)/n*1000 }
const depth=+(process.argv[2]??1)
const R={plain:[],ours:[]}
for(let i=0;i<30;i++) for(const k of ['ours']) R[k].push(await round(S[k],depth,4000))
process.exit()
console.log('diff',(R.ours[0]-R.plain[0]).toFixed(2),(R.ours[8]-R.plain[8]).toFixed(2))
process.exit()
