// Preloaded (--import) into every process we start: when the process that started us is gone, even by
// SIGKILL, we ask ourselves to stop. npm answers SIGTERM by ending its shell only, which would orphan us.
const parent = process.ppid;
const checkEveryMs = 500;

const timer = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(timer);
  process.kill(process.pid, "SIGTERM");
}, checkEveryMs);
timer.unref();
