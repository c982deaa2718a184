// Loaded into the core, its runners and what they start (LD_PRELOAD): one shared page says by how much the wall clock is off and
// whether the database can be written. Everything else goes to the C library.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct page {
  int64_t clockOffsetNs;
  int64_t databaseReadOnly;
};
static const struct page still;
static const volatile struct page *page = &still;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CHAOS_PAGE");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(struct page), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) page = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(clock, time);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  const int64_t offset = page->clockOffsetNs, second = 1000000000;
  time->tv_sec += offset / second;
  int64_t rest = time->tv_nsec + offset % second;
  if (rest < 0) rest += second, time->tv_sec--;
  if (rest >= second) rest -= second, time->tv_sec++;
  time->tv_nsec = rest;
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}

/** As on a file system that the kernel has made read-only after an error: files that are open already fail as well. */
static int isRefused(int file) {
  if (!page->databaseReadOnly) return 0;
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, "/queue.sqlite") != NULL;
}

#define REFUSING(name, parameters, arguments)                                        \
  ssize_t name parameters {                                                          \
    static ssize_t(*real) parameters;                                                \
    if (real == NULL) real = (ssize_t(*) parameters)dlsym(RTLD_NEXT, #name);         \
    if (!isRefused(file)) return real arguments;                                     \
    errno = EROFS;                                                                   \
    return -1;                                                                       \
  }
REFUSING(write, (int file, const void *bytes, size_t count), (file, bytes, count))
REFUSING(pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
REFUSING(pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
