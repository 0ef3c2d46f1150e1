/* python.exe: hands its arguments to the interpreter in python311.dll, which lies beside it. */
#include <stdio.h>
#include <windows.h>

typedef int (*interpreter)(int, wchar_t **);

int wmain(int count, wchar_t **arguments)
{
    HMODULE library = LoadLibraryW(L"python311.dll");
    interpreter start = library ? (interpreter)(void *)GetProcAddress(library, "Py_Main") : NULL;

    if (start == NULL) {
        fprintf(stderr, "python311.dll cannot be used: error %lu\n", GetLastError());
        return 127;
    }
    return start(count, arguments);
}
