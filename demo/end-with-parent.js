// Ends this process, politely, when the one that started it has gone: between a terminal and a server
// that `npm start` runs stand npm and a shell, and either may die without passing the signal on.
const parent = process.ppid;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 250).unref();
