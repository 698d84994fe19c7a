/* SPDX-License-Identifier: MIT */
/* child: posix_spawn, which starts a program from a process with threads. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 3 };

static size_t count_of(const char *const *list) {
  size_t count = 0;
  while (list && list[count]) count++;
  return count;
}

static bool is_set_anew(const char *variable, const char *const *settings) {
  size_t length = strcspn(variable, "=") + 1;
  for (; settings && *settings; settings++)
    if (strncmp(*settings, variable, length) == 0) return true;
  return false;
}

/* The list is the caller's, its texts are not. */
static char **make_environment(const char *const *settings) {
  size_t own = count_of((const char *const *)environ), count = 0;
  char **list = calloc(own + count_of(settings) + 1, sizeof *list);
  if (!list) return NULL;
  for (size_t i = 0; i < own; i++)
    if (!is_set_anew(environ[i], settings)) list[count++] = environ[i];
  for (; settings && *settings; settings++) list[count++] = (char *)*settings;
  return list;
}

/* Signals as a new program has them, whatever this one hears or holds back. */
static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int failed = posix_spawnattr_setsigmask(attributes, &none);
  if (!failed) failed = posix_spawnattr_setsigdefault(attributes, &all);
  short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  return failed ? failed : posix_spawnattr_setflags(attributes, flags);
}

static int set_files(posix_spawn_file_actions_t *files) {
  int failed = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (int file = STDOUT_FILENO; !failed && file < STREAMS; file++)
    failed = posix_spawn_file_actions_addopen(files, file, "/dev/null", O_WRONLY, 0);
  return failed ? failed : posix_spawn_file_actions_addclosefrom_np(files, STREAMS);
}

static int spawn(const char *const *words, char *const *environment, pid_t *out) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t files;
  int failed = posix_spawnattr_init(&attributes);
  if (failed) return failed;
  failed = posix_spawn_file_actions_init(&files);
  if (!failed) {
    failed = set_attributes(&attributes);
    if (!failed) failed = set_files(&files);
    if (!failed) failed = posix_spawnp(out, words[0], &files, &attributes, (char *const *)words, environment);
    posix_spawn_file_actions_destroy(&files);
  }
  posix_spawnattr_destroy(&attributes);
  return failed;
}

neap_status neap_child_start(const char *const *words, const char *const *settings, pid_t *out, neap_fault *fault) {
  char **environment = make_environment(settings);
  int failed = environment ? spawn(words, environment, out) : ENOMEM;
  free(environment);
  if (!failed) return NEAP_OK;
  neap_fail(fault, NEAP_IO, "cannot_start", "the program does not start: %s", strerror(failed));
  neap_fault_set_where(fault, "%s", words[0]);
  return NEAP_IO;
}

/* A child that somebody else has waited for is over, too. */
bool neap_child_ended(pid_t child, int *code) {
  int state = 0;
  pid_t found = waitpid(child, &state, WNOHANG);
  if (found == 0 || (found < 0 && errno == EINTR)) return false;
  *code = found < 0 ? 0 : WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
  return true;
}
