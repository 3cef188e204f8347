/* A disk that is full, is broken or writes less than it is asked, for the files whose path has BAD_DISK_PATH in it.

   Loaded by LD_PRELOAD, it stands before the C library's calls of the kernel. BAD_DISK says what happens there:
   "short" (a write ends half-way, as it may at any time), "ENOSPC" (no write succeeds), "EIO" (no read succeeds),
   "kill" (the process is killed as it begins to write).
   What the C library writes for itself, as in fwrite, does not come by here; it goes on after a short write by itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int happens(const char *what, int file) {
  const char *found = getenv("BAD_DISK"), *part = getenv("BAD_DISK_PATH");
  char link[64], path[PATH_MAX];
  if (!found || !part || strcmp(found, what)) return 0;
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, part) != NULL;
}

static int full(int file) {
  if (happens("kill", file)) raise(SIGKILL);
  if (!happens("ENOSPC", file)) return 0;
  errno = ENOSPC;
  return 1;
}

static int broken(int file) {
  if (!happens("EIO", file)) return 0;
  errno = EIO;
  return 1;
}

static size_t shorten(int file, size_t count) { return count > 1 && happens("short", file) ? count / 2 : count; }

ssize_t write(int file, const void *bytes, size_t count) {
  return full(file) ? -1 : REAL(write)(file, bytes, shorten(file, count));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  return full(file) ? -1 : REAL(pwrite)(file, bytes, shorten(file, count), at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) { return pwrite(file, bytes, count, at); }

ssize_t sendfile64(int to, int from, off_t *at, size_t count) {
  static ssize_t (*real)(int, int, off_t *, size_t);
  if (!real) real = (ssize_t (*)(int, int, off_t *, size_t))dlsym(RTLD_NEXT, "sendfile64");
  return full(to) || broken(from) ? -1 : real(to, from, at, shorten(to, count));
}

ssize_t sendfile(int to, int from, off_t *at, size_t count) { return sendfile64(to, from, at, count); }

ssize_t copy_file_range(int from, off_t *at, int to, off_t *there, size_t count, unsigned flags) {
  return full(to) || broken(from) ? -1 : REAL(copy_file_range)(from, at, to, there, shorten(to, count), flags);
}

ssize_t read(int file, void *bytes, size_t count) { return broken(file) ? -1 : REAL(read)(file, bytes, count); }
