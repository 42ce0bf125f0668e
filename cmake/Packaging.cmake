# SPDX-License-Identifier: GPL-3.0-or-later
# Install rules and the .deb (cpack -G DEB in the build folder). The package brings its own LibTorch: Debian's is too
# old, and a package cannot fetch a wheel.
include(GNUInstallDirs)

set(TORCHDECK_APP_ID org.torchdeck.Torchdeck)
set(_desktop "${PROJECT_SOURCE_DIR}/resources/desktop")
install(FILES "${_desktop}/${TORCHDECK_APP_ID}.desktop" DESTINATION "${CMAKE_INSTALL_DATADIR}/applications")
install(FILES "${_desktop}/${TORCHDECK_APP_ID}.metainfo.xml" DESTINATION "${CMAKE_INSTALL_DATADIR}/metainfo")
install(FILES "${PROJECT_SOURCE_DIR}/resources/icons/torchdeck.svg" RENAME "${TORCHDECK_APP_ID}.svg"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/torchdeck" RENAME copyright)

if(TARGET torchdeck)
    set(_private "${CMAKE_INSTALL_LIBDIR}/torchdeck")
    # Replaces the whole path: the build's points at LibTorch where it was found on the building machine.
    install(CODE "file(RPATH_SET FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${_private}/torchdeck_torch.so\"
        NEW_RPATH \"\\$ORIGIN\")")
    get_filename_component(_site "${LibTorch_ROOT_DIR}" DIRECTORY)
    file(GLOB _libs "${LibTorch_LIB_DIR}/libtorch_cpu.so" "${LibTorch_LIB_DIR}/libc10.so"
        "${LibTorch_LIB_DIR}/libgomp*.so*" "${LibTorch_LIB_DIR}/lib*.so.[0-9]*"
        "${_site}/nvidia/cuda_runtime/lib/libcudart.so.*" "${_site}/nvidia/cu*/lib/libcudart.so.*"
        "${_site}/nvidia/cuda_cupti/lib/libcupti.so.*" "${_site}/nvidia/cu*/lib/libcupti.so.*")
    list(REMOVE_DUPLICATES _libs)
    install(FILES ${_libs} DESTINATION "${_private}")
endif()

set(CPACK_PACKAGE_NAME torchdeck)
set(CPACK_PACKAGE_VENDOR "The Torchdeck authors")
set(CPACK_PACKAGE_CONTACT "Torchdeck <torchdeck@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Train, watch and sync YOLO detectors")
set(CPACK_PACKAGE_DESCRIPTION "A desktop app that trains YOLO object detectors with LibTorch, shows everything live and
keeps a HUB in sync without losing a metric or a checkpoint.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${LibTorch_LIB_DIR}")
# Loaded at run time, so not found by their symbols: SQL driver, SVG icons, the platform plugin's X libraries.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libqt6sql6-sqlite, libqt6svg6, qt6-qpa-plugins, fonts-dejavu-core")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "qt6-translations-l10n, fonts-noto-cjk")
set(CPACK_THREADS 0)
include(CPack)
