@echo off
rem Starts Antigone; the first start makes everything it needs in the folder .venv beside this file.
rem   antigone              the page, in the browser        antigone test     the whole test suite
setlocal
set "here=%~dp0"
set "suits=import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))"
if defined ANTIGONE_VENV (set "own=%ANTIGONE_VENV%\Scripts\python.exe") else set "own=%here%.venv\Scripts\python.exe"
if exist "%own%" "%own%" -c "%suits%" >nul 2>&1 && (set python="%own%" & goto start)
if defined ANTIGONE_PYTHON "%ANTIGONE_PYTHON%" -c "%suits%" >nul 2>&1 && (set python="%ANTIGONE_PYTHON%" & goto start)
for %%v in (3.13 3.12 3.11 3.14) do py -%%v -c "%suits%" >nul 2>&1 && (set python=py -%%v& goto start)
for %%p in (python python3) do %%p -c "%suits%" >nul 2>&1 && (set python=%%p& goto start)
echo Antigone needs Python 3.11, 3.12, 3.13 or 3.14, and none was found. 1>&2
echo Install it from the Microsoft Store or with: winget install Python.Python.3.13 - and start again. 1>&2
exit /b 2
:start
%python% -I "%here%ui\environment.py" %*
exit /b %errorlevel%
