// A trainer that keeps its own account. Every process of it appends lines to $CHAOS_LEDGER/ledger and holds locks there that only
// the kernel can take back: one of its run, one of its job, one of each GPU it was given. Children inherit them, so a lock is
// free exactly when the last member is gone.
//
//   trainer MODE CODE MS     runs MS milliseconds and ends with CODE; MODE says how it behaves meanwhile
//   trainer held FOLDER      prints the run locks of FOLDER that somebody still holds
//
// Times are CLOCK_MONOTONIC: wall clocks jump here.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *ledger, *job, *run;
static volatile sig_atomic_t asked;

static long long nowMs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void startOfSelf(char *out, size_t size) {
  char text[1024] = "";
  int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length < 0) _exit(99);
  text[length] = 0;
  char *field = strrchr(text, ')') + 2;
  for (int number = 3; number < 22; number++) field = strchr(field, ' ') + 1;
  snprintf(out, size, "%.*s", (int)strcspn(field, " "), field);
}

/** One line, appended whole. */
static void note(const char *what, const char *more) {
  char path[512], line[1024], start[32];
  startOfSelf(start, sizeof start);
  snprintf(path, sizeof path, "%s/ledger", ledger);
  int length = snprintf(line, sizeof line, "%s %s %s %d %s %lld %s\n", what, job, run, getpid(), start, nowMs(), more);
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || write(file, line, (size_t)length) != length) _exit(98);
  close(file);
}

/** Takes a lock for as long as any member lives; somebody else's is the very thing that must not be. */
static void hold(const char *kind, const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s-%s.lock", ledger, kind, name);
  int file = open(path, O_RDWR | O_CREAT, 0600);
  if (file < 0) _exit(97);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    char more[300];
    snprintf(more, sizeof more, "%s-%s", kind, name);
    note("conflict", more);
  }
}

static void waitUntil(long long end) {
  while (!asked) {
    long long left = end - nowMs();
    if (left <= 0) return;
    struct timespec pause = {left / 1000, (left % 1000) * 1000000};
    nanosleep(&pause, NULL);
  }
}

static void onStop(int signal) { asked = signal; }

static void ignoreStops(void) {
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
}

/** Children as real trainers leave them: plain, in a session of their own, orphaned by a double fork, deaf. */
static void forkSome(long long end) {
  for (int child = 0; child < 4; child++) {
    if (fork() != 0) continue;
    if (child == 1) setsid();
    if (child == 2) {
      setsid();
      if (fork() != 0) _exit(0);
    }
    if (child == 3) ignoreStops();
    note("member", "-");
    waitUntil(end + 60000);
    _exit(0);
  }
}

static void print(const char *text, int times) {
  for (int count = 0; count < times; count++)
    if (write(1, text, strlen(text)) < 0) return;
}

static int held(const char *folder) {
  DIR *open_ = opendir(folder);
  if (open_ == NULL) return 1;
  for (struct dirent *entry; (entry = readdir(open_)) != NULL;) {
    if (strncmp(entry->d_name, "run-", 4) != 0) continue;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) continue;
    if (flock(file, LOCK_SH | LOCK_NB) != 0) printf("%s\n", entry->d_name);
    close(file);
  }
  closedir(open_);
  return 0;
}

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "held") == 0) return held(words[2]);
  ledger = getenv("CHAOS_LEDGER");
  job = getenv("TRAINYARD_JOB_ID");
  run = getenv("TRAINYARD_RUN");
  if (count != 4 || ledger == NULL || job == NULL || run == NULL) return 96;
  const char *mode = words[1];
  const int code = atoi(words[2]);
  const long long end = nowMs() + atoll(words[3]);
  const struct rlimit noCore = {0, 0};
  setrlimit(RLIMIT_CORE, &noCore);

  if (strcmp(mode, "save") == 0) signal(SIGTERM, onStop);
  if (strcmp(mode, "ignore") == 0) ignoreStops();
  hold("run", run);
  hold("job", job);
  const char *gpus = getenv("CUDA_VISIBLE_DEVICES");
  char list[1024];
  snprintf(list, sizeof list, "%s", gpus == NULL ? "" : gpus);
  note("start", list[0] == 0 ? "-" : list);
  for (char *gpu = strtok(list, ","); gpu != NULL; gpu = strtok(NULL, ",")) hold("gpu", gpu);
  print("training\n", 1);

  if (strcmp(mode, "fork") == 0) forkSome(end);
  if (strcmp(mode, "talk") == 0) print("step 1/3 loss 0.125 and so on, as trainers do, for a whole line of a log\n", 4000);
  waitUntil(end);
  if (strcmp(mode, "save") == 0 && asked) {
    waitUntil(nowMs() + 40);
    note("saved", "-");
  }
  if (strcmp(mode, "crash") == 0) {
    note("crash", "SIGSEGV");
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  }
  char more[16];
  snprintf(more, sizeof more, "%d", code);
  note("exit", more);
  _exit(code);
}
