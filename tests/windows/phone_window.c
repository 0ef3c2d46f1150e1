/* InterPhone.exe for tests: a real Win32 window with a number field, a button that calls and one that hangs up.
   It calls nobody: the other side is a script. Each step is a line of the log: instant, word, what it is of.
   Options are those of callmanager/softphones/lab/interphone.py, and --winforms for the class names of .NET. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#include <shellapi.h>

enum { FIELD = 1001, CALL, HANG_UP, STATE, TIMER };
enum { NEXT_STEP = 1, TICK };
enum { MOST_WINDOWS = 4, MOST_STEPS = 4, MOST_TEXT = 256 };

typedef struct { double seconds; const wchar_t *step; } planned;
typedef struct { const wchar_t *name; planned steps[MOST_STEPS]; } side;
typedef struct { const wchar_t *word, *spanish, *english; } caption;

/* A step that is no state of a call ends it. */
static side sides[] = {
    {L"answers", {{0.5, L"ringing"}, {4.0, L"connected"}}},
    {L"leaves", {{0.5, L"ringing"}, {4.0, L"connected"}, {25.0, L"hung_up"}}},
    {L"busy", {{1.0, L"busy"}}},
    {L"silent", {{0.5, L"ringing"}, {30.0, L"no_answer"}}},
    {L"refuses", {{0.5, L"ringing"}, {2.0, L"rejected"}}},
    {L"unreachable", {{6.0, L"unreachable"}}},
};

static const caption captions[] = {
    {L"title", L"InterPhone - Extensi\u00f3n 101", L"InterPhone - Extension 101"},
    {L"call", L"Llamar", L"Call"},
    {L"hang_up", L"Colgar", L"Hang up"},
    {L"ready", L"Listo", L"Ready"},
    {L"dialing", L"Marcando\u2026", L"Dialling\u2026"},
    {L"ringing", L"Timbrando\u2026", L"Ringing\u2026"},
    {L"connected", L"En llamada", L"On a call"},
    {L"busy", L"Ocupado", L"Busy"},
    {L"no_answer", L"No contesta", L"No answer"},
    {L"rejected", L"No se pudo llamar", L"The call failed"},
    {L"unreachable", L"No se pudo llamar", L"The call failed"},
    {L"refused", L"N\u00famero no v\u00e1lido: solo d\u00edgitos", L"Not a number: digits only"},
};

static struct {
    const wchar_t *log, *title, *call;
    side *other;
    BOOL english, minimised, winforms, hangs_at_start, hangs_at_call, dies;
    BOOL without_field, without_call, without_hang_up;
    double hang_seconds;
    int windows, most_digits;
} wanted = {.other = sides, .hang_seconds = 30.0, .windows = 1, .most_digits = 24};

static struct {
    BOOL up, talking;
    int step;
    ULONGLONG since;
    wchar_t number[MOST_TEXT];
} line;

static HWND windows[MOST_WINDOWS];

static const wchar_t *said(const wchar_t *word)
{
    for (size_t i = 0; i < ARRAYSIZE(captions); i++)
        if (!wcscmp(captions[i].word, word)) return wanted.english ? captions[i].english : captions[i].spanish;
    return wanted.english ? L"Call ended" : L"Llamada terminada";
}

static void note(const wchar_t *word, const wchar_t *of)
{
    char text[4 * MOST_TEXT];
    wchar_t wide[2 * MOST_TEXT];
    SYSTEMTIME at;
    FILE *file = wanted.log ? _wfopen(wanted.log, L"ab") : NULL;

    if (!file) return;
    GetSystemTime(&at);
    _snwprintf(wide, ARRAYSIZE(wide) - 1, L"%04d-%02d-%02dT%02d:%02d:%02d.%03d+00:00\t%ls\t%ls\n", at.wYear, at.wMonth,
               at.wDay, at.wHour, at.wMinute, at.wSecond, at.wMilliseconds, word, of);
    wide[ARRAYSIZE(wide) - 1] = 0;
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof text, NULL, NULL);
    fputs(text, file);
    fclose(file);
}

static void show(const wchar_t *state)
{
    for (int i = 0; i < wanted.windows; i++) {
        SetDlgItemTextW(windows[i], STATE, said(state));
        EnableWindow(GetDlgItem(windows[i], CALL), !line.up);
        EnableWindow(GetDlgItem(windows[i], HANG_UP), line.up);
    }
}

static void show_time(void)
{
    wchar_t text[16] = L"";
    ULONGLONG seconds = (GetTickCount64() - line.since) / 1000;

    if (line.talking) _snwprintf(text, ARRAYSIZE(text), L"%02d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    for (int i = 0; i < wanted.windows; i++) SetDlgItemTextW(windows[i], TIMER, text);
}

static void plan(int step)
{
    planned *next = &wanted.other->steps[step];

    line.step = step;
    KillTimer(windows[0], NEXT_STEP);
    if (step < MOST_STEPS && next->step) SetTimer(windows[0], NEXT_STEP, (UINT)(next->seconds * 1000), NULL);
}

static void end_call(const wchar_t *cause)
{
    if (!line.up) return;
    line.up = line.talking = FALSE;
    KillTimer(windows[0], NEXT_STEP);
    note(L"ended", cause);
    show(cause);
    show_time();
}

static void play_step(void)
{
    const wchar_t *step = wanted.other->steps[line.step].step;
    BOOL connected = !wcscmp(step, L"connected");

    if (!connected && wcscmp(step, L"ringing")) {
        end_call(step);
        return;
    }
    if (connected) line.since = GetTickCount64();
    line.talking = connected;
    note(step, line.number);
    show(step);
    show_time();
    plan(line.step + 1);
}

static BOOL is_number(const wchar_t *text)
{
    size_t length = wcslen(text);
    return length >= 2 && length <= 24 && wcsspn(text, L"0123456789") == length;
}

static void call_from(HWND window)
{
    wchar_t text[MOST_TEXT] = L"";

    GetDlgItemTextW(window, FIELD, text, MOST_TEXT);
    if (line.up || !is_number(text)) {
        note(L"refused", text);
        if (!line.up) show(L"refused");
        return;
    }
    wcscpy(line.number, text);
    line.up = TRUE;
    note(L"call", text);
    show(L"dialing");
    plan(0);
    if (wanted.dies) TerminateProcess(GetCurrentProcess(), 3);
    if (wanted.hangs_at_call) Sleep((DWORD)(wanted.hang_seconds * 1000));
}

/* The field takes so many digits and nothing else: the rest is left out, also when a program put it there. */
static void keep_digits(HWND field)
{
    wchar_t text[MOST_TEXT] = L"", kept[MOST_TEXT];
    int length = 0;

    GetWindowTextW(field, text, MOST_TEXT);
    for (wchar_t *sign = text; *sign; sign++)
        if (length < wanted.most_digits && wcschr(L"0123456789*#", *sign)) kept[length++] = *sign;
    kept[length] = 0;
    if (wcscmp(text, kept)) SetWindowTextW(field, kept);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM what, LPARAM more)
{
    if (message == WM_COMMAND && what == MAKEWPARAM(FIELD, EN_CHANGE)) keep_digits((HWND)more);
    if (message == WM_COMMAND && what == MAKEWPARAM(CALL, BN_CLICKED)) call_from(window);
    if (message == WM_COMMAND && what == MAKEWPARAM(HANG_UP, BN_CLICKED)) end_call(L"hung_up_here");
    if (message == WM_TIMER && what == NEXT_STEP) play_step();
    if (message == WM_TIMER && what == TICK) show_time();
    if (message == WM_DESTROY) PostQuitMessage(0);
    return DefWindowProcW(window, message, what, more);
}

/* A class that behaves as `base` does, under the name that WinForms gives it. */
static const wchar_t *class_like(HINSTANCE program, const wchar_t *base)
{
    static wchar_t names[4][64];
    static int made = 0;
    WNDCLASSW known;

    if (!wanted.winforms) return base;
    GetClassInfoW(NULL, base, &known);
    known.hInstance = program;
    known.lpszClassName = names[made];
    _snwprintf(names[made], 64, L"WindowsForms10.%ls.app.0.2bf8098_r7_ad1", base);
    RegisterClassW(&known);
    return names[made++];
}

static void add(HWND window, const wchar_t *kind, const wchar_t *text, DWORD style, int id, RECT at)
{
    DWORD edge = id == FIELD ? WS_EX_CLIENTEDGE : 0;

    CreateWindowExW(edge, kind, text, WS_CHILD | WS_VISIBLE | style, at.left, at.top, at.right - at.left,
                    at.bottom - at.top, window, (HMENU)(INT_PTR)id, GetModuleHandleW(NULL), NULL);
}

static HWND open_window(const wchar_t *kind, const wchar_t *edit, const wchar_t *button, int place)
{
    const wchar_t *title = wanted.title ? wanted.title : said(L"title");
    const wchar_t *call = wanted.call ? wanted.call : said(L"call");
    HWND window = CreateWindowW(kind, title, WS_OVERLAPPEDWINDOW, 40 + 380 * place, 40, 360, 180, NULL, NULL,
                                GetModuleHandleW(NULL), NULL);

    if (!wanted.without_field) add(window, edit, L"", WS_TABSTOP | ES_AUTOHSCROLL, FIELD, (RECT){12, 12, 332, 40});
    add(window, L"STATIC", said(L"ready"), 0, STATE, (RECT){12, 50, 232, 70});
    add(window, L"STATIC", L"", 0, TIMER, (RECT){250, 50, 332, 70});
    if (!wanted.without_call) add(window, button, call, WS_TABSTOP | BS_DEFPUSHBUTTON, CALL, (RECT){12, 84, 162, 118});
    if (!wanted.without_hang_up)
        add(window, button, said(L"hang_up"), WS_TABSTOP | WS_DISABLED, HANG_UP, (RECT){182, 84, 332, 118});
    return window;
}

static void change_step(const wchar_t *step, const wchar_t *seconds)
{
    for (size_t i = 0; i < ARRAYSIZE(sides); i++)
        for (planned *one = sides[i].steps; one < sides[i].steps + MOST_STEPS && one->step; one++)
            if (!wcscmp(one->step, step)) one->seconds = wcstod(seconds, NULL);
}

static void read_pair(const wchar_t *name, const wchar_t *value)
{
    if (!wcscmp(name, L"--log")) wanted.log = value;
    if (!wcscmp(name, L"--language")) wanted.english = !wcscmp(value, L"en");
    if (!wcscmp(name, L"--title")) wanted.title = value;
    if (!wcscmp(name, L"--call")) wanted.call = value;
    if (!wcscmp(name, L"--answer-seconds")) change_step(L"connected", value);
    if (!wcscmp(name, L"--talk-seconds")) change_step(L"hung_up", value);
    if (!wcscmp(name, L"--windows")) wanted.windows = min(max(_wtoi(value), 1), MOST_WINDOWS);
    if (!wcscmp(name, L"--most-digits")) wanted.most_digits = min(max(_wtoi(value), 0), 24);
    if (!wcscmp(name, L"--hang-seconds")) wanted.hang_seconds = wcstod(value, NULL);
    if (!wcscmp(name, L"--hangs")) *(wcscmp(value, L"start") ? &wanted.hangs_at_call : &wanted.hangs_at_start) = TRUE;
    if (!wcscmp(name, L"--without") && !wcscmp(value, L"field")) wanted.without_field = TRUE;
    if (!wcscmp(name, L"--without") && !wcscmp(value, L"call")) wanted.without_call = TRUE;
    if (!wcscmp(name, L"--without") && !wcscmp(value, L"hang_up")) wanted.without_hang_up = TRUE;
    for (size_t i = 0; i < ARRAYSIZE(sides); i++)
        if (!wcscmp(name, L"--other-side") && !wcscmp(sides[i].name, value)) wanted.other = &sides[i];
}

static void read_options(void)
{
    int count;
    LPWSTR *words = CommandLineToArgvW(GetCommandLineW(), &count);

    for (int i = 1; i < count; i++) {
        if (!wcscmp(words[i], L"--minimised")) wanted.minimised = TRUE;
        else if (!wcscmp(words[i], L"--dies")) wanted.dies = TRUE;
        else if (!wcscmp(words[i], L"--winforms")) wanted.winforms = TRUE;
        else if (i + 1 < count) {
            read_pair(words[i], words[i + 1]);
            i++;
        }
    }
}

int WINAPI wWinMain(HINSTANCE program, HINSTANCE before, PWSTR arguments, int shown)
{
    WNDCLASSW kind = {.lpfnWndProc = on_message, .hInstance = program, .hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1)};
    const wchar_t *edit, *button;
    MSG message;

    (void)before, (void)arguments, (void)shown;
    read_options();
    edit = class_like(program, L"EDIT");
    button = class_like(program, L"BUTTON");
    kind.lpszClassName = wanted.winforms ? L"WindowsForms10.Window.8.app.0.2bf8098_r7_ad1" : L"InterPhoneWindow";
    RegisterClassW(&kind);
    for (int i = 0; i < wanted.windows; i++) windows[i] = open_window(kind.lpszClassName, edit, button, i);
    for (int i = 0; i < wanted.windows; i++) ShowWindow(windows[i], wanted.minimised ? SW_SHOWMINNOACTIVE : SW_SHOW);
    SetTimer(windows[0], TICK, 250, NULL);
    for (int i = 0; i < wanted.windows; i++) UpdateWindow(windows[i]);
    note(L"open", L"");
    if (wanted.hangs_at_start) Sleep((DWORD)(wanted.hang_seconds * 1000));
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        if (!IsDialogMessageW(GetActiveWindow(), &message)) {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    return 0;
}
