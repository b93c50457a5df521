/* python.c: finds and becomes Python. */
#include "python.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATHS = 4 * PATH_MAX };

/* Whether the modules are there; nothing is imported, which takes long. */
static const char look[] = "import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None "
                           "for m in sys.argv[1].split()))";

static bool has(const char *python, const char *modules)
{
    char *const argv[] = {(char *)python, "-c", (char *)look, (char *)modules, NULL};
    posix_spawn_file_actions_t quiet;
    pid_t pid;
    int status = -1;
    if (posix_spawn_file_actions_init(&quiet) != 0)
        return false;
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, python, &quiet, NULL, argv, environ) == 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    posix_spawn_file_actions_destroy(&quiet);
    return status == 0;
}

/* Puts the package beside the program, if there is one, in front of PYTHONPATH. */
static void set_path(const char *program)
{
    static const char *const beside[] = {"../python", "../../python", "../share/mtsweep/python"};
    const char *slash = strrchr(program, '/'), *before = getenv("PYTHONPATH");
    char folder[PATHS], text[PATHS + 32];
    for (size_t i = 0; slash && i < sizeof beside / sizeof *beside; i++) {
        snprintf(folder, sizeof folder, "%.*s/%s", (int)(slash - program), program, beside[i]);
        snprintf(text, sizeof text, "%s/mtsweep/__init__.py", folder);
        if (access(text, R_OK) != 0)
            continue;
        snprintf(text, sizeof text, "%s%s%s", folder, before && *before ? ":" : "",
                 before ? before : "");
        setenv("PYTHONPATH", text, 1);
        return;
    }
}

mts_status mts_app_python(const mts_app_args *args, const char *module, const char *needs)
{
    const char *const candidate[] = {getenv("PYTHON"), "python3", "/usr/bin/python3"};
    char program[PATH_MAX], modules[256];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    set_path(program);
    setenv("MTSWEEP", program, 1);
    snprintf(modules, sizeof modules, "mtsweep %s", needs);
    for (size_t i = 0; i < sizeof candidate / sizeof *candidate; i++) {
        char **argv;
        if (!candidate[i] || !*candidate[i] || !has(candidate[i], modules))
            continue;
        argv = mts_alloc((size_t)args->argc + 3, sizeof *argv);
        if (!argv)
            return MTS_ERR_MEMORY;
        argv[0] = (char *)candidate[i];
        argv[1] = "-m";
        argv[2] = (char *)module;
        for (int a = 2; a < args->argc; a++)
            argv[a + 1] = args->argv[a];
        execvp(candidate[i], argv);
        mts_free(argv);
        return mts_fail(MTS_ERR_IO, "cannot start %s: %s", candidate[i], strerror(errno));
    }
    return mts_fail(
        MTS_ERR_IO,
        "no Python here has the modules %s; 'make deps' installs them, and the variable "
        "PYTHON names another Python",
        modules);
}
